// Loaded into the process that is measured: says at its end how much memory it has held at most, in KiB.
const { readFileSync, writeFileSync } = require('node:fs');

/** Linux counts what the parent held at the fork into the resource usage; its own high-water mark begins anew. */
function mostHeld() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

process.on('exit', () => writeFileSync(process.env.OCTO_HA_BENCH_MEMORY, String(mostHeld())));
