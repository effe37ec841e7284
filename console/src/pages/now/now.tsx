import { strings } from '../../strings.ts';

/** The view Now. */
export default function Now() {
  return <h1>{strings.now.title}</h1>;
}
