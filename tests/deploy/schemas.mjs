// Holds Kubernetes objects against the schemas of their kinds: by the validators of kubernetes-models
// what is wrong or missing, and by its types, for the TypeScript compiler, what nobody knows.
// Standard input: {"place": where node_modules is, "objects": [{"module", "object"}]}.

import { createRequire } from 'node:module';
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { place, objects } = JSON.parse(readFileSync(0, 'utf8'));
const require = createRequire(join(place, 'package.json'));
let complaints = 0;

function complain(text) {
  complaints += 1;
  console.log(text);
}

function nameOf(object) {
  return `${object.kind} ${object.metadata?.name}`;
}

async function validate({ module, object }) {
  const url = pathToFileURL(join(place, 'node_modules', `${module}.js`));
  const Model = (await import(url))[object.kind];
  try {
    new Model(object).validate();
  } catch (error) {
    complain(`${nameOf(object)}: ${error.message}`);
  }
}

// A literal with a property that its type does not have is an error, unlike for the validators.
function checkTypes() {
  const typescript = require('typescript');
  const folder = mkdtempSync(join(place, 'objects-'));
  const file = join(folder, 'objects.ts');
  const lines = objects.map(
    ({ module, object }, index) =>
      `import { I${object.kind} as Kind${index} } from '${module}';\n` +
      `export const object${index}: Kind${index} = ${JSON.stringify(object, null, 1)};\n`,
  );
  writeFileSync(file, lines.join(''));
  const program = typescript.createProgram([file], {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.NodeNext,
    moduleResolution: typescript.ModuleResolutionKind.NodeNext,
    types: [],
  });
  for (const found of typescript.getPreEmitDiagnostics(program)) {
    complain(typescript.flattenDiagnosticMessageText(found.messageText, '\n'));
  }
  rmSync(folder, { recursive: true });
}

for (const each of objects) await validate(each);
checkTypes();
process.exitCode = complaints > 0 ? 1 : 0;
