/** The part of a DataTransfer that is read here, so that it can be tested without a browser. */
export interface DroppedData {
  readonly types: readonly string[];
  getData(type: string): string;
}

/** Where VS Code puts the resources of a drag from its explorer or a tab, most precise first. */
const uriListTypes = ['application/vnd.code.uri-list', 'text/uri-list'] as const;
const resourcesType = 'resourceurls';

/** Whether a drag could bring a picture: files of the desktop, or resources of the editor. */
export function mayBringPicture(types: readonly string[]): boolean {
  return types.some(type => {
    const name = type.toLowerCase();
    return name === 'files' || name === resourcesType || uriListTypes.some(list => list === name);
  });
}

/** The first resource of a drag from the editor, or null. Comment lines of a URI list (RFC 2483) are skipped. */
export function droppedUri(data: DroppedData): string | null {
  for (const type of uriListTypes) {
    const uri = data
      .getData(type)
      .split(/\r?\n/)
      .find(line => line !== '' && !line.startsWith('#'));
    if (uri !== undefined) return uri;
  }
  return firstOfJson(data.getData(resourcesType));
}

function firstOfJson(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    const first: unknown = Array.isArray(value) ? value[0] : null;
    return typeof first === 'string' ? first : null;
  } catch {
    return null;
  }
}
