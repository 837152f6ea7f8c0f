// An S3 server (s3rver) for tests that, unlike s3rver alone, lets nobody in without a right AWS Signature Version 4 (the
// signature is worked out again by another implementation, aws4), and shows an object whole or not at all. Usage:
//
//     node s3_server.cjs FOLDER BUCKET REGION ACCESS_KEY SECRET_KEY
//
// Prints "listening on PORT" when it is ready (on 127.0.0.1) and ends with its standard input.
'use strict';

const aws4 = require('aws4');
const crypto = require('crypto');
const S3rver = require('s3rver');
const Account = require('s3rver/lib/models/account');

const [folder, bucket, region, accessKey, secretKey] = process.argv.slice(2);
Account.DUMMY_ACCOUNT.createKeyPair(accessKey, secretKey);

function expectedSignature(request, signedHeaders) {
    const headers = {};
    for (const name of signedHeaders) headers[name] = request.headers[name] || '';
    headers['x-amz-content-sha256'] = request.headers['x-amz-content-sha256'];
    const include = Object.fromEntries(signedHeaders.map(name => [name, true]));
    const signer = new aws4.RequestSigner(
        { method: request.method, path: request.url, service: 's3', region, headers, host: request.headers.host,
          doNotModifyHeaders: true, extraHeadersToInclude: include },
        { accessKeyId: accessKey, secretAccessKey: secretKey });
    signer.datetime = request.headers['x-amz-date'];
    return signer.authHeader();
}

// Throws nothing: a problem is told as an S3 code, null when the request may pass.
function problemWith(request) {
    const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d+\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/
        .exec(request.headers.authorization || '');
    if (!given) return 'AccessDenied';
    if (given[1] !== accessKey) return 'InvalidAccessKeyId';
    if (given[2] !== region) return 'AuthorizationHeaderMalformed';
    const signed = given[3].split(';');
    for (const name of ['host', 'x-amz-date', 'x-amz-content-sha256']) {
        if (!signed.includes(name)) return 'AccessDenied';
    }
    return expectedSignature(request, signed).endsWith('Signature=' + given[4]) ? null : 'SignatureDoesNotMatch';
}

function refuse(ctx, status, code) {
    ctx.status = status;
    ctx.type = 'application/xml';
    ctx.body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>refused</Message></Error>`;
}

async function bodyHash(request) {
    const hash = crypto.createHash('sha256');
    const pieces = [];
    for await (const piece of request) {
        hash.update(piece);
        pieces.push(piece);
    }
    return { digest: hash.digest('hex'), pieces };
}

// Ends of the last request for each path. s3rver writes objects in place, so that a reader could see half of one, which
// no S3 server shows: requests for one path go one after another, until their answers have been sent.
const lastOf = new Map();

async function turnAt(path, response) {
    const before = lastOf.get(path);
    const mine = new Promise(resolve => response.once('close', resolve));
    lastOf.set(path, mine);
    mine.then(() => lastOf.get(path) === mine && lastOf.delete(path));
    await before;
}

const server = new S3rver({
    address: '127.0.0.1', port: 0, silent: true, directory: folder, configureBuckets: [{ name: bucket }],
});

server.middleware.unshift(async (ctx, next) => {
    const code = problemWith(ctx.req);
    if (code) return refuse(ctx, code === 'AuthorizationHeaderMalformed' ? 400 : 403, code);
    const { digest, pieces } = await bodyHash(ctx.req);
    if (digest !== ctx.req.headers['x-amz-content-sha256']) return refuse(ctx, 400, 'XAmzContentSHA256Mismatch');
    await turnAt(ctx.path, ctx.res);
    // s3rver reads the body again, from what was kept of it.
    const { Readable } = require('stream');
    const again = Readable.from(pieces.length ? pieces : [Buffer.alloc(0)], { objectMode: false });
    for (const name of ['pipe', 'read', 'on', 'once', 'removeListener', 'unpipe', 'resume', 'pause']) {
        ctx.req[name] = again[name].bind(again);
    }
    ctx.req[Symbol.asyncIterator] = again[Symbol.asyncIterator].bind(again);
    return next();
});

server.run().then(address => console.log(`listening on ${address.port}`));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
