import { strings } from '../../strings.ts';

/** The view Sessions. */
export default function Sessions() {
  return <h1>{strings.sessions.title}</h1>;
}
