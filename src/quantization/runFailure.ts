import { StudioError } from '../protocol/failure';

/** How ONNX Runtime 1.30 names a node in its messages: while it runs one, finds no kernel for one, or refuses a model. */
const nodes: readonly RegExp[] = [
  /running (?<op>\w+) node\. Name:'(?<name>[^']*)'/,
  /implementation for (?<op>\w+)\(\d+\) node with name '(?<name>[^']*)'/,
  /In Node, \("(?<name>[^"]*)", (?<op>\w+)/,
  /Node \((?<name>[^)]*)\) Op \((?<op>\w+)\)/,
  /Optype \((?<op>\w+)\).* in node \((?<name>[^)]*)\)/,
  /error: (?:\S+:)?(?<op>\w+)\(-?\d+\) is not a registered/i,
];

/** What its messages of one kind come to, the more telling first. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/bad_alloc|allocate memory/i, 'there is not enough memory'],
  [/out of data bounds|out of range|index.*out of bounds/i, 'an index lies outside of what it looks up'],
  [
    /could not find an implementation|not implemented/i,
    'ONNX Runtime cannot compute it for these types on a processor',
  ],
  [/is not a registered|no op(?:erator)? registered/i, 'ONNX Runtime does not know this operator'],
  [/type error|unexpected input data type/i, 'the types of what it reads do not fit it'],
  [/broadcast|dimension|shape|rank|size|axis/i, 'the sizes of what it reads do not fit each other'],
];

/**
 * What ONNX Runtime says when a graph fails, as one sentence with the name of the layer; its own text is the cause, for
 * the log.
 * @param what could not be done, such as `A sample cannot be run through vision_encoder`
 * @param todo what helps
 */
export function runFailure(error: unknown, what: string, todo: string): unknown {
  if (error instanceof StudioError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const place = placeIn(text);
  const reason = reasons.find(([pattern]) => pattern.test(withoutNames(text)))?.[1];
  const because = reason === undefined ? '' : `${place === '' ? ' since' : ', since'} ${reason}`;
  const detail = place === '' ? because : `: ${place} fails${because}`;
  return new StudioError('model-invalid', `${what}${detail}; ${todo}.`, { cause: error });
}

/** `the layer vision.stem (Conv)`, by the name it has in the model; empty where none is named. */
function placeIn(text: string): string {
  for (const pattern of nodes) {
    const { name, op } = pattern.exec(text)?.groups ?? {};
    if (name === undefined && op === undefined) continue;
    if (name === undefined) return `a layer of the operator ${op}`;
    const layer = name.replace(/^quantized\d+\//, '');
    const operator = op === undefined ? '' : ` (${op})`;
    return layer === '' ? `a layer without a name${operator}` : `the layer ${layer}${operator}`;
  }
  return '';
}

/** Names and paths say nothing about the reason. */
function withoutNames(text: string): string {
  return text.replace(/'[^']*'|"[^"]*"|\S*[/\\]\S*/g, '');
}
