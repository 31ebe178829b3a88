import { visibleText } from './text';

/** Lines by RFC 4180 with a byte order mark, so that a spreadsheet reads the fields as UTF-8. */
export function csvText(lines: readonly (readonly string[])[]): string {
  return `\u{feff}${lines.map(fields => fields.map(quote).join(',')).join('\r\n')}\r\n`;
}

/** A name as a field: one that a spreadsheet would take for a formula is quoted, as their own export does. */
export function csvName(value: string): string {
  const shown = visibleText(value);
  return /^[=+\-@]/.test(shown) ? `'${shown}` : shown;
}

function quote(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
