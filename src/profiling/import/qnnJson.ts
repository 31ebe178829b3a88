import * as v from 'valibot';
import type { JsonFormat } from './format';
import { type QnnEvent, qnnUnit } from './qnnEvents';
import { draftOfQnn } from './qnnRun';
import { amount, check, label, optional } from './readJson';

interface JsonEvent {
  identifier: string;
  unit: string;
  type?: string | null | undefined;
  value: number;
  'sub-events'?: JsonEvent[] | null | undefined;
}

const eventSchema: v.GenericSchema<unknown, JsonEvent> = v.object({
  identifier: label,
  unit: v.string(),
  type: v.nullish(v.string()),
  value: amount,
  'sub-events': v.nullish(v.array(v.lazy(() => eventSchema))),
});

const fileSchema = v.object({
  metadata: optional(v.object({ appName: optional(label), appVersion: optional(label) })),
  messages: v.array(v.object({ method: label, profilingEvents: v.nullish(v.array(eventSchema), []) })),
});

/**
 * Events of QNN as JSON, from `qnn-profile-viewer --reader libQnnJsonProfilingReader.so` and `qairt.Profiler`. Sources:
 * the reader's documentation in the QAIRT SDK and reports of QAIRT 2.49 that public repositories keep as test data.
 */
export const qnnJsonFormat: JsonFormat = {
  id: 'qnn-json',
  label: 'a JSON of QNN events',
  recognises: value => v.is(v.object({ messages: v.array(v.looseObject({ method: v.string() })) }), value),
  read: (file, value) => {
    const { metadata, messages } = check(file, 'a JSON of QNN events', fileSchema, value);
    const events = messages.flatMap((message, index) => eventsOf(message.profilingEvents, index));
    const program = [metadata?.appName, metadata?.appVersion].filter(Boolean).join(' ');
    return [draftOfQnn(events, program === '' ? null : program)];
  },
};

function eventsOf(events: readonly JsonEvent[], message: number, below = false): QnnEvent[] {
  return events.flatMap(event => {
    const unit = qnnUnit(event.unit);
    const own = unit === null ? [] : [{ ...eventOf(event, below), unit, message }];
    return [...own, ...eventsOf(event['sub-events'] ?? [], message, true)];
  });
}

function eventOf({ identifier, type, value }: JsonEvent, below: boolean): Omit<QnnEvent, 'unit' | 'message'> {
  const operator = below && (type === 'NODE' || /OpId_\d/.test(identifier));
  return { identifier: identifier === '' ? 'unnamed' : identifier, value, operator };
}
