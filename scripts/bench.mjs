/** `npm run bench -- [names]`: sets the project up and runs the benchmarks. */
import { runCompiled } from './run-compiled.mjs';

await runCompiled('dist/bench/main.js');
