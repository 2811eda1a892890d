import { list, optionalChoice, optionalWhole, text } from '../options.js';

/** Where a node is, as it is kept with the cluster. */
export const machineOptions = {
  url: text('URL', "the node's own web address, where its ping is asked"),
  port: optionalWhole({ least: 1, most: 65_535 }, "the port of the machine's ssh server"),
  manager: optionalChoice(['windows', 'systemd', 'docker'], 'what starts and stops Octopus Server there'),
  service: text('NAME', 'the name of the service or container'),
  instance: text('NAME', 'the name of the Octopus Server instance'),
  hostKey: list('KEY', 'a host key of the machine, as "ssh-ed25519 SHA256:…"; can be repeated'),
};
