import { choice, duration } from '../options.js';

/** Options of every command that takes nodes out of service. */
export const drainOptions = {
  drainTimeout: duration('1h', 'how long to wait for the tasks to end'),
  onTimeout: choice(['leave', 'undrain', 'cancel-tasks'], 'leave', 'what becomes of the node when that time is over'),
  cancelGrace: duration('10m', 'how long cancelled tasks have to end'),
};

/** Options of every command that stops or starts a service. */
export const serviceOptions = {
  requestGrace: duration('20m', 'how long requests under way have to end before the stop'),
  serviceTimeout: duration('10m', 'how long stopping and coming back may take each'),
  tentacleGrace: duration('5m', 'how long polling Tentacles have to come back'),
};
