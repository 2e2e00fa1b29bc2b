/**
 * The belay command as a library: the config with its types, and the parts that programs of your own may show.
 *
 * @packageDocumentation
 */

export { type Config, defineConfig } from './config/config.ts';
