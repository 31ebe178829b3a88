import * as v from 'valibot';
import type { RunLoad, RunRepetition } from '../../protocol/runRecord';
import { decodeSpeed } from './conventions';
import { coldAndWarm, type FigureDraft, figure } from './figures';
import type { JsonFormat } from './format';
import type { RunDraft } from './importedRecord';
import { amount, check, count, label, optional } from './readJson';

const quantity = optional(v.object({ value: amount, unit: v.string() }));

const eventSchema = v.object({
  type: label,
  duration: optional(amount),
  start: optional(amount),
  'init-time': quantity,
  'num-prompt-tokens': quantity,
  'prompt-processing-rate': quantity,
  'time-to-first-token': quantity,
  'num-generated-tokens': quantity,
  'token-generation-rate': quantity,
  'token-generation-time': quantity,
});
type GenieEvent = v.InferOutput<typeof eventSchema>;

const version = v.object({ major: count, minor: count, patch: count });
const fileSchema = v.object({
  header: v.object({ artifact_type: v.literal('GENIE_PROFILE'), version: optional(version) }),
  components: v.array(v.object({ name: label, type: optional(label), events: v.array(eventSchema) })),
});
type Component = v.InferOutput<typeof fileSchema>['components'][number];

/**
 * What Genie writes with `genie-t2t-run --profile x.json`; times without a unit are microseconds. Sources: the
 * documentation of Genie's profile in the QAIRT SDK (80-63442-100) and samples of it in public repositories.
 */
export const genieFormat: JsonFormat = {
  id: 'genie-profile',
  label: 'a profile of Genie',
  recognises: value =>
    v.is(v.object({ header: v.object({ artifact_type: v.literal('GENIE_PROFILE') }) }), value),
  read: (file, value) => {
    const { header, components } = check(file, 'a profile of Genie', fileSchema, value);
    const own = header.version;
    const measured = components.filter(({ events }) => events.some(({ duration }) => duration !== null));
    return measured.map(component => ({
      ...draftOf(component),
      ...(measured.length > 1 ? { title: component.name } : {}),
      program: own === null ? 'Genie' : `Genie, profile ${own.major}.${own.minor}.${own.patch}`,
    }));
  },
};

function draftOf(component: Component): RunDraft {
  const queries = component.events.filter(event => event['time-to-first-token'] !== null);
  const origin = queries[0]?.start ?? null;
  const generated = queries.map(query => query['num-generated-tokens']?.value ?? null);
  return {
    settings: { repetitions: queries.length },
    loads: loadsOf(component.events),
    repetitions: origin === null ? [] : queries.flatMap((query, index) => repetitionOf(query, index, origin)),
    figures: [...figuresOf(component.events, queries)],
    notes: [
      ...(queries.length > 0 ? ['The first query after loading is kept apart from the others.'] : []),
      ...(queries.length === 1 ? ['The profile has one query, so there are no warm ones to sum up.'] : []),
      ...(generated.some(tokens => tokens !== null)
        ? ['Decode speed is computed without the first token; token-generation-rate is what Genie states.']
        : []),
    ],
    reasons: { model: 'A profile of Genie does not name its model.' },
  };
}

function loadsOf(events: readonly GenieEvent[]): RunLoad[] {
  const created = events.find(event => event['init-time'] !== null);
  const ms = msOf(created?.['init-time'] ?? null);
  return ms === null ? [] : [{ kind: 'cold', ms, derived: false, rssBytes: null }];
}

function repetitionOf(query: GenieEvent, index: number, origin: number): RunRepetition[] {
  if (query.start === null || query.start < origin) return [];
  return [
    {
      phase: index === 0 ? 'cold' : 'measured',
      context: null,
      startedAtMs: (query.start - origin) / 1000,
      tokens: {
        image: null,
        text: whole(query['num-prompt-tokens']?.value),
        generated: whole(query['num-generated-tokens']?.value),
      },
      parts: {
        ttftMs: msOf(query['time-to-first-token']),
        decodeImageMs: null,
        resizeMs: null,
        encodeMs: null,
        projectMs: null,
        prefillMs: null,
        overheadMs: null,
      },
      tokenAtMs: [],
      partial: false,
    },
  ];
}

function* figuresOf(events: readonly GenieEvent[], queries: readonly GenieEvent[]): Generator<FigureDraft> {
  const list = (read: (query: GenieEvent) => number | null) =>
    coldAndWarm(queries.map(read).filter(value => value !== null));
  const rate = (name: 'prompt-processing-rate' | 'token-generation-rate') =>
    list(query => query[name]?.value ?? null);
  if (queries.length > 0) {
    const ttft = list(query => msOf(query['time-to-first-token']));
    yield figure({ name: 'time-to-first-token', unit: 'ms', metric: 'ttftMs', ...ttft });
    const prefill = rate('prompt-processing-rate');
    yield figure({
      name: 'prompt-processing-rate',
      unit: 'tok/s',
      metric: 'prefillTokensPerSecond',
      ...prefill,
    });
    yield figure({ name: 'token-generation-rate', unit: 'tok/s', ...rate('token-generation-rate') });
    const decode = list(query =>
      decodeSpeed(query['num-generated-tokens']?.value ?? null, msOf(query['token-generation-time'])),
    );
    yield figure({ name: 'decode', unit: 'tok/s', metric: 'decodeTokensPerSecond', ...decode });
  }
  for (const type of new Set(events.map(event => event.type))) {
    const durations = events.filter(event => event.type === type).map(event => event.duration);
    const values = durations.filter(duration => duration !== null).map(us => us / 1000);
    const repeated = queries.some(query => query.type === type) ? coldAndWarm(values) : { values };
    if (values.length > 0) yield figure({ name: type, unit: 'ms', ...repeated });
  }
}

const msPer: Readonly<Record<string, number>> = { us: 1e-3, ms: 1, s: 1e3, sec: 1e3, ns: 1e-6 };

/** A time in milliseconds; null where its unit is not known. */
function msOf(quantity: { value: number; unit: string } | null): number | null {
  if (quantity === null) return null;
  const factor = Object.hasOwn(msPer, quantity.unit) ? msPer[quantity.unit] : undefined;
  return factor === undefined ? null : quantity.value * factor;
}

function whole(value: number | undefined): number | null {
  return value !== undefined && Number.isSafeInteger(value) ? value : null;
}
