import { nameForPeople, shorten, visibleText } from '../../shared/text';
import { graphName } from './names';
import type { Measured } from './viewModel';

/**
 * Sentences about what was assumed and decided before a measurement, with the graph where there are several, and with
 * the model where it is the one beside the first.
 */
export function notesOf(model: Measured | null, compared: Measured | null): string[] {
  const other = compared
    ? sentencesOf(compared).map(note => `↔ ${nameForPeople(compared.name)}: ${note}`)
    : [];
  return [...(model ? sentencesOf(model) : []), ...other];
}

function sentencesOf({ report, original, name }: Measured): string[] {
  const graphs = report?.graphs ?? [];
  const against =
    report?.quantized && original !== null
      ? [
          `The column Quantized is ${nameForPeople(name)} as it is; every column is measured against ${nameForPeople(original)}.`,
        ]
      : [];
  const notes = graphs.flatMap(({ name: graph, notes = [] }) =>
    notes.map(note => (graphs.length > 1 ? `${graphName(graph)}: ${note}` : note)),
  );
  return [...against, ...notes.map(note => shorten(visibleText(note), 400))];
}
