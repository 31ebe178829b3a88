import * as v from 'valibot';
import { type CancellationToken, type Connection, ProgressType } from 'vscode-languageserver/node';
import {
  type ApplyOutcome,
  applyParamsSchema,
  type InspectionEvent,
  type InspectOutcome,
  inspectParamsSchema,
  quantizationMethods as methods,
  type UnitDetailOutcome,
  unitDetailParamsSchema,
} from '../protocol/quantization';
import type { Measurements } from './measurements';
import { signalOf, wrongParams } from './requests';

const inspectionProgress = new ProgressType<InspectionEvent>();

/** Answers the requests of `quantizationMethods`. @param measurements asked for with each request */
export function answerMeasurementRequests(connection: Connection, measurements: () => Measurements): void {
  connection.onRequest(
    methods.inspect,
    async (raw: unknown, token: CancellationToken): Promise<InspectOutcome> => {
      const parsed = v.safeParse(inspectParamsSchema, raw);
      if (!parsed.success) return { ok: false, failure: wrongParams(methods.inspect, parsed.issues) };
      const { progressToken, ...params } = parsed.output;
      return measurements().inspect(params, progressOn(connection, progressToken), signalOf(token));
    },
  );
  connection.onRequest(
    methods.detail,
    async (raw: unknown, token: CancellationToken): Promise<UnitDetailOutcome> => {
      const params = v.safeParse(unitDetailParamsSchema, raw);
      if (!params.success) return { ok: false, failure: wrongParams(methods.detail, params.issues) };
      return measurements().detail(params.output, signalOf(token));
    },
  );
  connection.onRequest(
    methods.apply,
    async (raw: unknown, token: CancellationToken): Promise<ApplyOutcome> => {
      const parsed = v.safeParse(applyParamsSchema, raw);
      if (!parsed.success) return { ok: false, failure: wrongParams(methods.apply, parsed.issues) };
      const { progressToken, ...params } = parsed.output;
      return measurements().apply(params, progressOn(connection, progressToken), signalOf(token));
    },
  );
}

function progressOn(connection: Connection, token: string | number): (event: InspectionEvent) => void {
  // What cannot be delivered has nobody left to read it.
  return event => void connection.sendProgress(inspectionProgress, token, event).catch(() => undefined);
}
