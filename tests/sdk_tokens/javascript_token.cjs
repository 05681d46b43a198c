// SPDX-License-Identifier: Apache-2.0
// Prints the token that @aws-sdk/dsql-signer, the AWS SDK for JavaScript, makes. What it takes from the environment is in
// botocore_token.py; NODE_PATH says where the package is.
const { DsqlSigner } = require("@aws-sdk/dsql-signer");

if (process.env.DSQL_TEST_CLOCK) {
    const at = Number(process.env.DSQL_TEST_CLOCK) * 1000;
    const SystemDate = Date;
    globalThis.Date = class extends SystemDate {
        constructor(...given) {
            super(...(given.length ? given : [at]));
        }
        static now() {
            return at;
        }
    };
}

const signer = new DsqlSigner({
    hostname: process.env.CLUSTER_ENDPOINT,
    region: process.env.AWS_REGION,
    expiresIn: Number(process.env.DSQL_TEST_EXPIRES ?? 900),
    credentials: {
        accessKeyId: process.env.AWS_ACCESS_KEY_ID,
        secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
        sessionToken: process.env.AWS_SESSION_TOKEN,
    },
});
const token =
    process.env.CLUSTER_USER === "admin" ? signer.getDbConnectAdminAuthToken() : signer.getDbConnectAuthToken();
token.then((text) => console.log(text));
