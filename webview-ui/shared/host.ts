/** What VS Code gives a webview, once a page load. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The extension as a view sees it: typed messages out and in, and a small memory that survives a reload. */
export interface Host<Out, In, Saved> {
  post(message: Out): void;
  /** Returns what ends the subscription. */
  listen(onMessage: (message: In) => void): () => void;
  readonly saved: Saved;
  save(change: Partial<Saved>): void;
}

/**
 * Connects the view with its extension. May be called once a page: VS Code refuses a second `acquireVsCodeApi`.
 * @param parseSaved turns whatever an earlier version of the view left behind into a valid memory
 */
export function connect<Out, In, Saved extends object>(
  parseSaved: (value: unknown) => Saved,
): Host<Out, In, Saved> {
  const api = acquireVsCodeApi();
  let saved = parseSaved(api.getState());
  return {
    post: message => api.postMessage(message),
    listen: onMessage => {
      const onEvent = (event: MessageEvent<In>) => onMessage(event.data);
      window.addEventListener('message', onEvent);
      return () => window.removeEventListener('message', onEvent);
    },
    get saved() {
      return saved;
    },
    save: change => {
      saved = { ...saved, ...change };
      api.setState(saved);
    },
  };
}
