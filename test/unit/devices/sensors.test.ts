import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { LocalSensors } from '../../../src/devices/sensors';
import { scratchFolder } from '../engine/pictures';

/** A system's files as Linux shows them: a zone is [type, temp]. */
function systemWith(zones: readonly (readonly [string, string])[], clocks: readonly string[]): string {
  const root = scratchFolder();
  const put = (place: string, text: string) => {
    const file = path.join(root, place);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
  };
  for (const [index, [type, temp]] of zones.entries()) {
    put(`sys/class/thermal/thermal_zone${index}/type`, type);
    put(`sys/class/thermal/thermal_zone${index}/temp`, temp);
  }
  for (const [index, clock] of clocks.entries())
    put(`sys/devices/system/cpu/cpufreq/policy${index}/scaling_cur_freq`, clock);
  return root;
}

it('reads zones in degrees, those of one type by their number, and leaves out what is no temperature', () => {
  const root = systemWith(
    [
      ['x86_pkg_temp', '48250'],
      ['nsphvx', '61000'],
      ['nsphvx', '60500'],
      ['board', '37'],
      ['pm8350-bcl-lvl0', '0'],
      ['soc', '85'],
      ['off', '-273000'],
      ['powered-down', '-40000'],
      ['nonsense', 'N/A'],
    ],
    ['1800000', '2841600'],
  );
  const sensors = new LocalSensors(root, 'linux');
  expect(sensors.missing).toEqual({});
  const { temperaturesC, clockMhz, rssBytes } = sensors.read();
  expect(temperaturesC).toEqual({ x86_pkg_temp: 48.25, 'nsphvx 1': 61, 'nsphvx 2': 60.5, board: 37 });
  expect(clockMhz).toBe(2841.6);
  expect(rssBytes).toBeGreaterThan(2 ** 20);
  expect(sensors.peakRssBytes()).toBeGreaterThanOrEqual(0.9 * (rssBytes ?? 0));
});

it('says why there is nothing', () => {
  const nothing = new LocalSensors(scratchFolder(), 'linux');
  expect(nothing.read()).toMatchObject({ temperaturesC: null, clockMhz: null });
  expect(nothing.missing.temperaturesC).toContain('/sys/class/thermal');
  expect(nothing.missing.clockMhz).toContain('cpufreq');
  const windows = new LocalSensors(systemWith([['x86_pkg_temp', '48250']], []), 'win32');
  expect(windows.read().temperaturesC).toBeNull();
  expect(windows.missing.temperaturesC).toBe('Windows shows temperatures to privileged programs only.');
});
