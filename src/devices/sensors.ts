import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SensorReading, Sensors } from '../engine/measuredModel';

/** Zones that hold no temperature: battery levels and currents of Qualcomm's boards. */
const noTemperature = /bcl-lvl|^(ibat|vbat|soc|socd)$/;
/** Sources give thousandths of a degree, a few whole degrees; no machine works at 1000 degrees. */
const largestCelsius = 1000;
/** What zones say that are switched off. */
const offCelsius = -40;

interface Zone {
  readonly name: string;
  readonly file: string;
}

/**
 * The sensors of this machine. Linux gives them as files (kernel documentation: `sysfs-class-thermal` and
 * `cpu-freq/user-guide`); macOS and Windows keep them from programs without privileges.
 * @param root where the system's file tree begins; another one is for tests
 */
export class LocalSensors implements Sensors {
  readonly missing: Sensors['missing'];
  private readonly zones: readonly Zone[];
  private readonly clocks: readonly string[];

  constructor(root = '/', platform: NodeJS.Platform = process.platform) {
    const linux = platform === 'linux';
    this.zones = linux ? zonesOf(join(root, 'sys/class/thermal')) : [];
    this.clocks = linux ? clocksOf(join(root, 'sys/devices/system/cpu/cpufreq')) : [];
    this.missing = {
      ...(this.temperatures() === null && { temperaturesC: noTemperatures(platform) }),
      ...(this.clockMhz() === null && { clockMhz: noClock(platform) }),
    };
  }

  read(): SensorReading {
    return {
      temperaturesC: this.temperatures(),
      clockMhz: this.clockMhz(),
      rssBytes: process.memoryUsage.rss(),
    };
  }

  peakRssBytes(): number {
    // libuv gives kibibytes on every system.
    return process.resourceUsage().maxRSS * 1024;
  }

  private temperatures(): Record<string, number> | null {
    const readings: Record<string, number> = {};
    for (const { name, file } of this.zones) {
      const celsius = celsiusOf(readNumber(file));
      if (celsius !== null) readings[name] = celsius;
    }
    return Object.keys(readings).length === 0 ? null : readings;
  }

  private clockMhz(): number | null {
    const kilohertz = this.clocks.map(readNumber).filter(value => value !== null);
    return kilohertz.length === 0 ? null : Math.max(...kilohertz) / 1000;
  }
}

/** Zones of the same type are told apart by their number. */
function zonesOf(folder: string): Zone[] {
  const found = entries(folder)
    .filter(entry => /^thermal_zone\d+$/.test(entry))
    .sort((a, b) => Number(a.slice(12)) - Number(b.slice(12)))
    .map(entry => ({ entry, type: readText(join(folder, entry, 'type'))?.trim() ?? '' }))
    .filter(({ type }) => type !== '' && !noTemperature.test(type));
  return found.map(({ entry, type }) => {
    const shared = found.filter(other => other.type === type).length > 1;
    return { name: shared ? `${type} ${entry.slice(12)}` : type, file: join(folder, entry, 'temp') };
  });
}

function clocksOf(folder: string): string[] {
  const policies = entries(folder).filter(entry => /^policy\d+$/.test(entry));
  return policies.map(entry => join(folder, entry, 'scaling_cur_freq'));
}

function celsiusOf(value: number | null): number | null {
  if (value === null) return null;
  const celsius = Math.abs(value) >= largestCelsius ? value / 1000 : value;
  return celsius <= offCelsius || celsius >= largestCelsius ? null : celsius;
}

function readNumber(file: string): number | null {
  const text = readText(file)?.trim() ?? '';
  return /^-?\d{1,9}$/.test(text) ? Number(text) : null;
}

/** A sensor may be forbidden or asleep at any moment; then it says nothing. */
function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function noTemperatures(platform: NodeJS.Platform): string {
  if (platform === 'linux')
    return 'This system shows no temperature under /sys/class/thermal, as is usual in a virtual machine or container.';
  return `${systemName(platform)} shows temperatures to privileged programs only.`;
}

function noClock(platform: NodeJS.Platform): string {
  if (platform === 'linux')
    return 'This system shows no clock under /sys/devices/system/cpu/cpufreq, as is usual in a virtual machine or container.';
  return `${systemName(platform)} shows the present clock to privileged programs only.`;
}

function systemName(platform: NodeJS.Platform): string {
  return { win32: 'Windows', darwin: 'macOS' }[String(platform)] ?? platform;
}
