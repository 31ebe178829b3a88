/** What the page of a view is made of; URIs are webview URIs. */
export interface PageParts {
  title: string;
  language: string;
  scriptUri: string;
  styleUri: string;
  /** `webview.cspSource` */
  cspSource: string;
  /** Fresh for every page. */
  nonce: string;
}

/**
 * The page around a view. Its policy allows the view's own scripts, style sheets and pictures; no fonts, no frames, no
 * requests, no evaluation: model output and names from files end up in this page.
 */
export function webviewPage(parts: PageParts): string {
  const policy = [
    "default-src 'none'",
    `img-src ${parts.cspSource} blob:`,
    `style-src ${parts.cspSource}`,
    `script-src 'nonce-${parts.nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(parts.language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(parts.title)}</title>
<link rel="stylesheet" href="${escapeHtml(parts.styleUri)}">
</head>
<body>
<div id="root"></div>
<script type="module" nonce="${parts.nonce}" src="${escapeHtml(parts.scriptUri)}"></script>
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
