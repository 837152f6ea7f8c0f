// Reads an OpenAPI description with a reader that is not ours, and checks each example against its schema. Prints one line a
// fault on standard error; exits 1 when there is one.
//
//     node validate.cjs FOLDER_WITH_NODE_MODULES DESCRIPTION.json
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');
const fs = require('node:fs');

const [, , modules, file] = process.argv;
const load = createRequire(path.join(path.resolve(modules), 'package.json'));
const SwaggerParser = load('@apidevtools/swagger-parser');
const Ajv = load('ajv/dist/2020').default;
const addFormats = load('ajv-formats').default;

const faults = [];

function checkMedia(ajv, where, content) {
    for (const [type, media] of Object.entries(content ?? {})) {
        if (media.example === undefined || !type.includes('json')) continue;
        const fits = ajv.compile(media.schema);
        if (!fits(media.example)) faults.push(`${where} ${type}: ${ajv.errorsText(fits.errors)}`);
    }
}

async function main() {
    const description = JSON.parse(fs.readFileSync(file, 'utf8'));
    await SwaggerParser.validate(structuredClone(description));
    const whole = await SwaggerParser.dereference(structuredClone(description));
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addFormat('int64', true);
    ajv.addFormat('binary', true);
    for (const [address, methods] of Object.entries(whole.paths)) {
        for (const [method, operation] of Object.entries(methods)) {
            const where = `${method.toUpperCase()} ${address}`;
            checkMedia(ajv, `${where} body`, operation.requestBody?.content);
            for (const [status, response] of Object.entries(operation.responses)) {
                checkMedia(ajv, `${where} ${status}`, response.content);
            }
            for (const parameter of operation.parameters ?? []) {
                if (parameter.example === undefined) continue;
                if (!ajv.compile(parameter.schema)(parameter.example)) faults.push(`${where} ${parameter.name}: its example`);
            }
        }
    }
}

main()
    .catch((error) => faults.push(error.message))
    .then(() => {
        for (const fault of faults) console.error(fault);
        process.exitCode = faults.length === 0 ? 0 : 1;
    });
