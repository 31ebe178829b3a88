import path from 'node:path';
import { type ExtensionContext, window } from 'vscode';
import { ClaimsClient } from './claims/claimsClient';
import { registerClaimsCommands } from './claims/commands';
import { ClaimsPanel } from './claims/panel';
import { ClaimsPanels } from './claims/panels';
import { ClaimsSessionStore } from './claims/sessionStore';
import { registerCommands } from './commands';
import { maintainContextKeys } from './contextKeys';
import { registerTargetsView } from './devices/targetsView';
import { ModelShelf } from './models/shelf';
import { registerModelsView } from './models/view';
import { Baselines } from './profiling/baselines';
import { registerProfilingCommands } from './profiling/commands';
import { KnownReports } from './profiling/knownReports';
import { ProfilingPanel } from './profiling/panel';
import { ProfilingPanels } from './profiling/panels';
import { ProfilingClient } from './profiling/profilingClient';
import { RunStore } from './profiling/runStore';
import { registerRunsView } from './profiling/runsView';
import type { ProfilingServices } from './profiling/services';
import { ProfilingSessionStore } from './profiling/sessionStore';
import { EditorInsertion } from './prompt/editorInsertion';
import { PromptPanel } from './prompt/panel';
import { PromptPanels } from './prompt/panels';
import type { PromptServices } from './prompt/services';
import { StagedPictures } from './prompt/staging';
import { SessionStore } from './prompt/store';
import { registerBundleFolders } from './quantization/bundleFolders';
import { QuantizationPanel } from './quantization/panel';
import { QuantizationPanels } from './quantization/panels';
import { QuantizationDoor } from './quantization/quantizationDoor';
import { QuantizationStore } from './quantization/store';
import { RuntimeClient } from './runtime/client';
import { QuantizationClient } from './runtime/quantizationClient';
import { RuntimeDoor } from './runtimeDoor';
import { registerStartView } from './startView';
import { registerStatusBar } from './status/statusBar';

/** What `activate` returns, for tests inside the extension host. Not an interface for other extensions. */
export interface StudioApi {
  prompts: PromptPanels;
  quantizations: QuantizationPanels;
  profiles: ProfilingPanels;
  comparisons: ClaimsPanels;
  runs: RunStore;
  client: RuntimeClient;
}

/** Composes the features. Nothing starts and nothing heavy is loaded before somebody asks for it. */
export function activate(context: ExtensionContext): StudioApi {
  const log = window.createOutputChannel('AutoNeural', { log: true });
  const client = new RuntimeClient({
    module: context.asAbsolutePath(path.join('dist', 'runtime.js')),
    cacheDir: context.globalStorageUri.fsPath,
    log,
  });
  const shippedDir = context.asAbsolutePath(path.join('models', 'autoneural-nano'));
  const runtime = new RuntimeDoor(client, shippedDir);
  const models = new ModelShelf(shippedDir, runtime, context.workspaceState);
  const storage = context.storageUri ?? context.globalStorageUri;
  const services: PromptServices = {
    extensionUri: context.extensionUri,
    runtime,
    models,
    staged: new StagedPictures(path.join(storage.fsPath, 'pictures')),
    store: new SessionStore(context.workspaceState),
    insertion: new EditorInsertion(),
    log,
  };
  const prompts = new PromptPanels(services);
  const quantizationDoor = new QuantizationDoor(new QuantizationClient(client));
  const quantizations = new QuantizationPanels({
    extensionUri: context.extensionUri,
    runtime,
    door: quantizationDoor,
    models,
    store: new QuantizationStore(context.workspaceState),
    log,
  });
  const profilingClient = new ProfilingClient(client);
  const runs = new RunStore(profilingClient, storage);
  const profiling: ProfilingServices = {
    extensionUri: context.extensionUri,
    runtime,
    client: profilingClient,
    models,
    runs,
    baselines: new Baselines(context.workspaceState, runs, profilingClient),
    sessions: new ProfilingSessionStore(context.workspaceState),
    reports: new KnownReports(
      bundleDir =>
        quantizations.all.find(({ session }) => session.content.modelPath === bundleDir)?.session.model
          .report ?? null,
      quantizationDoor,
    ),
    log,
  };
  const profiles = new ProfilingPanels(profiling);
  const comparisons = new ClaimsPanels({
    extensionUri: context.extensionUri,
    runtime,
    client: new ClaimsClient(client),
    models,
    runs,
    sessions: new ClaimsSessionStore(context.workspaceState),
    log,
  });
  context.subscriptions.push(
    ...[
      log,
      client,
      runtime,
      models,
      services.insertion,
      prompts,
      runs,
      profiling.baselines,
      profiling.reports,
    ],
    window.registerWebviewPanelSerializer(PromptPanel.viewType, prompts),
    window.registerWebviewPanelSerializer(QuantizationPanel.viewType, quantizations),
    window.registerWebviewPanelSerializer(ProfilingPanel.viewType, profiles),
    window.registerWebviewPanelSerializer(ClaimsPanel.viewType, comparisons),
    ...registerProfilingCommands(profiling, profiles),
    ...registerClaimsCommands(comparisons, log),
    registerRunsView(runs, profiling.baselines),
    ...registerTargetsView(profilingClient, log),
    ...registerCommands(services, prompts, quantizations),
    registerBundleFolders(),
    ...registerModelsView(models),
    registerStartView(),
    ...registerStatusBar(runtime, models, prompts),
    maintainContextKeys(prompts),
  );
  return { prompts, quantizations, profiles, comparisons, runs, client };
}
