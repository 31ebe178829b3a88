import type { Figure } from './model/figures';

interface Props {
  figures: readonly Figure[];
  /** Of the run that they are held against; empty where there is none. */
  others: readonly Figure[];
  /** What is not there may still come. */
  running: boolean;
}

/** The five figures, each with the sentence that says what stands behind it, or why it is not there. */
export function Figures({ figures, others, running }: Props) {
  return (
    <dl class="figures">
      {figures.map(({ id, name, value, sentence }) => {
        const other = others.find(figure => figure.id === id);
        // Sensors are read before the first prompt: what they do not say then, they never will.
        const awaited = value === null && running && id !== 'temperature';
        return (
          <div key={id} class="figure">
            <dt>{name}</dt>
            <dd class={value === null ? 'figure-value none' : 'figure-value'}>
              {value ?? (awaited ? 'not yet' : 'not measured')}
            </dd>
            <dd class="hint figure-sentence" title={sentence}>
              {awaited ? 'with the first measured prompt' : sentence}
            </dd>
            {other?.value != null && <dd class="hint figure-other">{`against ${other.value}`}</dd>}
          </div>
        );
      })}
    </dl>
  );
}
