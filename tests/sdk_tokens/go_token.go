// SPDX-License-Identifier: Apache-2.0

// Prints the token that the AWS SDK for Go makes, by the signer that its feature/dsql/auth uses: Debian has the signer, and
// not yet that package. The request has no path there, so that the token has no slash before the question mark. What it
// takes from the environment is in botocore_token.py. With golang-github-aws-aws-sdk-go-v2-dev installed:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run go_token.go
package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const emptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func environmentOr(name, otherwise string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return otherwise
}

func main() {
	action := "DbConnect"
	if os.Getenv("CLUSTER_USER") == "admin" {
		action = "DbConnectAdmin"
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	clock := must(strconv.ParseInt(environmentOr("DSQL_TEST_CLOCK", now), 10, 64))
	request := must(http.NewRequest("GET", "https://"+os.Getenv("CLUSTER_ENDPOINT"), nil))
	request.URL.RawQuery = url.Values{
		"Action":        {action},
		"X-Amz-Expires": {environmentOr("DSQL_TEST_EXPIRES", "900")},
	}.Encode()
	credentials := aws.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
	}
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), credentials, request, emptyPayloadHash, "dsql",
		os.Getenv("AWS_REGION"), time.Unix(clock, 0).UTC())
	fmt.Println(strings.TrimPrefix(must(signed, err), "https://"))
}
