import type { LogOutputChannel, Uri } from 'vscode';
import type { ModelShelf } from '../models/shelf';
import type { RuntimeDoor } from '../runtimeDoor';
import type { QuantizationDoor } from './quantizationDoor';
import type { QuantizationStore } from './store';

/** What a quantization panel works with. */
export interface QuantizationServices {
  extensionUri: Uri;
  runtime: RuntimeDoor;
  door: QuantizationDoor;
  models: ModelShelf;
  store: QuantizationStore;
  log: LogOutputChannel;
}
