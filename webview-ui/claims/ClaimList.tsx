import type { Claim, Verdict } from '../../src/protocol/claims';
import { nameForPeople } from '../shared/text';

const marks: Readonly<Record<Verdict, { sign: string; kind: string }>> = {
  holds: { sign: '✓', kind: 'holds' },
  'holds partly': { sign: '◐', kind: 'partly' },
  'does not hold here': { sign: '✗', kind: 'not' },
  'not measured': { sign: '–', kind: 'unknown' },
};

/** @param running verdicts are of what is measured so far */
export function ClaimList({ claims, running }: { claims: readonly Claim[]; running: boolean }) {
  return (
    <section class="claims" aria-label="The paper’s claims">
      {claims.map(({ claim, published, here, verdict, why }) => {
        const open = running && verdict === 'not measured';
        const { sign, kind } = marks[verdict];
        return (
          <article key={claim} class="claim">
            <h2>{claim}</h2>
            <p class={`verdict ${kind}`}>
              <span aria-hidden="true">{sign}</span>{' '}
              {open ? 'not measured yet' : running ? `${verdict}, so far` : verdict}
            </p>
            <dl>
              <dt>Paper, on SA8295P</dt>
              <dd>{parts(published)}</dd>
              <dt>Here</dt>
              <dd>{here === '' ? (running ? 'nothing yet' : 'nothing') : parts(here)}</dd>
            </dl>
            {!open && <p class="hint">{nameForSentence(why)}</p>}
          </article>
        );
      })}
    </section>
  );
}

/** The figures of several places, a line each. */
function parts(text: string) {
  return text
    .split('; ')
    .map(part => <div key={part}>{nameForPeople(part).replaceAll(' ×', '\u00a0×')}</div>);
}

/** Sentences hold names of models, and are longer than names. */
function nameForSentence(text: string): string {
  return text
    .split(' ')
    .map(word => nameForPeople(word))
    .join(' ');
}
