// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
)

const hashOfNoPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// Makes tokens as the package feature/dsql/auth of the AWS SDK, and so AWS's connector for pgx, makes them: a presigned
// GET request, signed by the SDK, without its scheme. It has no slash after the host. Debian's SDK is older than that
// package.
type tokenSource struct {
	host, region string
	credentials  aws.CredentialsProvider
}

// Returns a source of tokens for the endpoint, with the credentials and the region that the SDK finds.
func newTokenSource(ctx context.Context, host string) tokenSource {
	found := must(config.LoadDefaultConfig(ctx))
	return tokenSource{host: host, region: found.Region, credentials: found.Credentials}
}

func (source tokenSource) newToken(ctx context.Context, user string) (string, error) {
	action := "DbConnect"
	if user == "admin" {
		action = "DbConnectAdmin"
	}
	request, err := http.NewRequest(http.MethodGet, "https://"+source.host, nil)
	if err != nil {
		return "", err
	}
	request.URL.RawQuery = url.Values{"Action": {action}, "X-Amz-Expires": {"900"}}.Encode()
	credentials, err := source.credentials.Retrieve(ctx)
	if err != nil {
		return "", err
	}
	presigned, _, err := v4.NewSigner().PresignHTTP(
		ctx, credentials, request, hashOfNoPayload, "dsql", source.region, time.Now().UTC())
	return strings.TrimPrefix(presigned, "https://"), err
}
