/** A rule as the recipe's text has it; names that YAML would take for something else stand in quotes. */
export function ruleText(match: string, scheme: string): string {
  const plain = /^[A-Za-z_][\w*?-]*[./][\w./*?-]*$/.test(match);
  return `- match: ${plain ? match : JSON.stringify(match)}\n  scheme: ${scheme}`;
}
