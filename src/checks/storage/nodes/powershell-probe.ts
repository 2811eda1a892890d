import { toBase64 } from '../../../operations/machine/base64.js';
import { powershellBootstrapOf } from '../../../ports/powershell-bootstrap.js';
import { powershellProbeProgram } from './powershell-probe-program.js';

/** SHA-256 of `powershellProbeProgram`, in capitals as .NET writes it; a test holds the two together. */
const sum = '26DE1B648489458B45AC381373E224EA89DDCAA723D7786D80FA3A15B58AA951';

/** The program as the document carries it. */
export const probeProgramInBase64 = toBase64(powershellProbeProgram);

/** In the directory of a scheduled task its document is in a file, see there. */
export const powershellProbe = powershellBootstrapOf(sum, 'request-file');
