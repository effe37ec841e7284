import { strings } from '../../strings.ts';

/** The view Administration. */
export default function Administration() {
  return <h1>{strings.administration.title}</h1>;
}
