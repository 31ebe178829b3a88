import { readdirSync, readFileSync } from 'node:fs';
import type { Workbench } from '../harness/workbench';

/** Process ids of the model hosts that this editor's extension has started. Linux only, as is the editor itself. */
export function modelHosts({ server }: Workbench): number[] {
  const { pid } = server;
  if (pid === undefined) return [];
  const parents = new Map<number, number>();
  const hosts: number[] = [];
  for (const name of readdirSync('/proc')) {
    const process = Number(name);
    if (!Number.isInteger(process)) continue;
    try {
      // The name in parentheses may contain anything; the parent is the second field after it.
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(process, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      if (/\/dist\/host\.js\0/.test(readFileSync(`/proc/${name}/cmdline`, 'utf8'))) hosts.push(process);
    } catch {
      // It ended while it was looked at.
    }
  }
  return hosts.filter(host => isBelow(host, pid, parents));
}

function isBelow(pid: number, ancestor: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 0; at = parents.get(at))
    if (at === ancestor) return true;
  return false;
}
