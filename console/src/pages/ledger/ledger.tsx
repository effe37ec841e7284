import { strings } from '../../strings.ts';

/** The view Ledger. */
export default function Ledger() {
  return <h1>{strings.ledger.title}</h1>;
}
