/** The host: one process, with one loaded model or for one measurement. It answers the runtime over IPC and dies with it. */
import { inspect } from 'node:util';
import * as v from 'valibot';
import type { LoadedModel } from '../../engine/target';
import type { ClaimsEvent } from '../../protocol/claimsRun';
import { type Failure, StudioError } from '../../protocol/failure';
import { type FromHost, type ToHost, toHostSchema } from '../../protocol/host';
import type { InspectionEvent } from '../../protocol/quantization';
import { startHeartbeat } from './heartbeat';
import type { EngineOptions, Measurement } from './measurement';
import { PacedEvents } from './pacedEvents';

startHeartbeat();

const running = new Map<number, AbortController>();
let model: LoadedModel | undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', message => void receive(v.parse(toHostSchema, message)));
process.on('uncaughtException', async error => {
  print(error);
  const message = `The model host ended after an unexpected error (${error.message}); ask again to start a new one.`;
  const failure: Failure = { kind: 'host-died', message };
  await Promise.all([...running.keys()].map(id => send({ type: 'failure', id, failure })));
  process.exit(1);
});

async function receive(message: ToHost): Promise<void> {
  const { id } = message;
  if (message.type === 'cancel') {
    running.get(id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(id, controller);
  try {
    void send(await answer(message, controller.signal));
  } catch (error) {
    void send({ type: 'failure', id, failure: failureOf(error) });
  } finally {
    running.delete(id);
  }
}

async function answer(message: Exclude<ToHost, { type: 'cancel' }>, signal: AbortSignal): Promise<FromHost> {
  const { id, type } = message;
  switch (type) {
    case 'load':
      model = await load(message, signal);
      return { type: 'loaded', id };
    case 'prompt': {
      if (model === undefined) throw new Error('a prompt came before its model was loaded');
      const paced = new PacedEvents(events => void send({ type: 'events', id, events }));
      try {
        const result = await model.prompt(message.input, event => paced.add(event), signal);
        return { type: 'result', id, result };
      } finally {
        paced.flush();
      }
    }
    case 'targets': {
      const { localTargets } = await import('../../devices/local');
      return { type: 'targets', id, targets: localTargets().map(target => target.info) };
    }
    case 'inspect': {
      const onEvent = (event: InspectionEvent) => void send({ type: 'inspectionEvent', id, event });
      const measurement = await measurementIn(message);
      return { type: 'report', id, report: await measurement.inspect(message.params, onEvent, signal) };
    }
    case 'detail': {
      const measurement = await measurementIn(message);
      return { type: 'detail', id, detail: await measurement.detail(message.params, signal) };
    }
    case 'compare': {
      const { compare } = await import('./comparison');
      const result = await compare(message, event => void send({ type: 'compareEvent', id, event }), signal);
      return { type: 'compared', id, result };
    }
    case 'profile': {
      const { profile } = await import('./profiling');
      const record = await profile(message, event => void send({ type: 'profileEvent', id, event }), signal);
      return { type: 'profiled', id, record };
    }
    case 'claims': {
      const { compareWithPaper } = await import('./claims');
      const onEvent = (event: ClaimsEvent) => void send({ type: 'claimsEvent', id, event });
      return { type: 'claimsMeasured', id, report: await compareWithPaper(message, onEvent, signal) };
    }
    case 'claimsCost': {
      const { costOfComparison } = await import('./claims');
      return { type: 'claimsCost', id, found: await costOfComparison(message) };
    }
    case 'targetFacts': {
      const { targetFacts } = await import('./profiling');
      return { type: 'targetFacts', id, ...(await targetFacts()) };
    }
    case 'apply': {
      const onEvent = (event: InspectionEvent) => void send({ type: 'inspectionEvent', id, event });
      const measurement = await measurementIn(message);
      return { type: 'applied', id, result: await measurement.apply(message.params, onEvent, signal) };
    }
  }
}

/** Imported late, as the devices are: a host that answers prompts measures nothing. */
async function measurementIn(options: EngineOptions): Promise<Measurement> {
  const { Measurement } = await import('./measurement');
  return new Measurement(async () => (await import('./quantizationEngine')).quantizationEngine, options);
}

/** The devices are imported late, so that a broken native library is a failed request and not a dead host. */
async function load(
  { id, choice, cacheDir, threads }: Extract<ToHost, { type: 'load' }>,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const { findTarget } = await import('../../devices/local');
  return findTarget(choice.target).open(choice.bundleDir, {
    precision: choice.precision,
    cacheDir,
    threads,
    signal,
    onProgress: message => void send({ type: 'events', id, events: [{ type: 'loading', message }] }),
  });
}

function failureOf(error: unknown): Failure {
  if (error instanceof StudioError) {
    if (error.cause !== undefined) print(error.cause);
    return error.failure;
  }
  print(error);
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'internal',
    message: `The model host failed unexpectedly (${reason}); the log has the details.`,
  };
}

/** For the log; a stack trace never crosses to the runtime. */
function print(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`);
}

/** Resolves when the message is on its way, or when nobody is left to receive it ('disconnect' follows). */
function send(message: FromHost): Promise<void> {
  return new Promise(resolve => process.send?.(message, undefined, undefined, () => resolve()));
}
