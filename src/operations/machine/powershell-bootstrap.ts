import { powershellBootstrapOf } from '../../ports/powershell-bootstrap.js';
import { toBase64 } from './base64.js';
import { powershellProgram } from './powershell-program.js';

/** SHA-256 of `powershellProgram`, in capitals as .NET writes it; a test holds the two together. */
const sum = 'C6C777544867134248AA09A4D4BF752BE20D8465B5279A24833CA67EE05553F8';

/** The wrapper's program as the document carries it. */
export const programInBase64 = toBase64(powershellProgram);

/** The wrapper on Windows. In the directory of a step's record its document is in a file, see there. */
export const powershellBootstrap = powershellBootstrapOf(sum, 'request-file');
