/** What Linux says of a process: its CPU time and its memory, from /proc. */
import { existsSync, readFileSync } from 'node:fs';

/** /proc counts CPU time in these, whatever the kernel's own clock is (USER_HZ). */
const TICKS_PER_SECOND = 100;
const UTIME_FIELD = 11;
const STIME_FIELD = 12;

/** Why a figure that reads /proc are unavailable here; undefined where it can. */
export function explainMissingProc() {
  return existsSync('/proc/self/stat') ? undefined : 'needs /proc, which only Linux has';
}

/** Seconds that all threads of the process have run, in user and system mode. */
export function readCpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[UTIME_FIELD]) + Number(fields[STIME_FIELD])) / TICKS_PER_SECOND;
}

/** Bytes of physical memory, now and at its peak. */
export function readMemory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (field) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { bytes: read('VmRSS'), peakBytes: read('VmHWM') };
}
