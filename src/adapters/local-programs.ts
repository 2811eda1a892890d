import { execFile } from 'node:child_process';
import { Failure } from '../errors.js';
import type { Programs } from '../ports/programs.js';
import { findProgram } from './find-program.js';

const keptOfOutput = 4_000;

export const localPrograms: Programs = {
  async run([name = '', ...args], { timeout }, signal) {
    const file = /[\\/]/.test(name) ? name : await findProgram(name);
    if (file === undefined) throw new Failure('usage', `there is no program ${name} on this machine`);
    return await new Promise((resolve, reject) => {
      execFile(file, args, { signal, timeout, windowsHide: true, maxBuffer: 16 * 1024 ** 2 }, (error, out, err) => {
        if (signal.aborted) return reject(signal.reason);
        if (error?.killed === true) return reject(new Failure('deadline', `${name} did not end in ${timeout} ms`));
        if (typeof error?.code === 'string') {
          return reject(new Failure('usage', `cannot run ${name}: ${error.message}`, { cause: error }));
        }
        resolve({
          code: error === null ? 0 : (error.code ?? null),
          output: `${out}${err}`.trim().slice(-keptOfOutput),
        });
      });
    });
  },
};
