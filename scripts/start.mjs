/** `npm start -- [options]`: sets the project up and starts the server with these options. */
import { runCompiled } from './run-compiled.mjs';

await runCompiled('dist/src/main.js');
