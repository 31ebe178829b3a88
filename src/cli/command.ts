/** An option of a command; one with a placeholder takes a value. */
export interface OptionSpec {
  placeholder?: string;
  description: string;
  /** May be given more than once; the values come one a line. */
  repeatable?: boolean;
}

/** What a command was given, its options by name without the dashes. */
export interface Given {
  positionals: string[];
  values: ReadonlyMap<string, string>;
  flags: ReadonlySet<string>;
}

/** Where a command writes, and how it is stopped. */
export interface Terminal {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  signal: AbortSignal;
}

/** One command of the command line. */
export interface Command {
  /** One word or two, such as `quantize inspect`. */
  name: string;
  /** One line for the overview. */
  summary: string;
  /** Names of the arguments, in order; a name that ends in `...` takes one or more. */
  arguments: readonly string[];
  options: Readonly<Record<string, OptionSpec>>;
  /** Paragraphs below the options. */
  notes: readonly string[];
  run(given: Given, terminal: Terminal): Promise<void>;
}
