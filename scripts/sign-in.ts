/**
 * The package that signs in, from its sources.
 * Usage: npm run sign-in -- --help
 */
import '../sign-in/src/index.ts';
