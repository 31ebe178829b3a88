import { randomBytes } from 'node:crypto';
import { env, Uri, type Webview } from 'vscode';
import { webviewPage } from './html';

/** The page of one of the built views: `dist/webview/NAME.js` and `NAME.css`. */
export function pageOf(name: string, title: string, webview: Webview, extensionUri: Uri): string {
  const file = (extension: string) =>
    webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', 'webview', `${name}.${extension}`)).toString();
  return webviewPage({
    title,
    language: env.language,
    scriptUri: file('js'),
    styleUri: file('css'),
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
  });
}
