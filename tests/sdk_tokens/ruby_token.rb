# SPDX-License-Identifier: Apache-2.0
# Prints the token that the AWS SDK for Ruby makes, by the signer that its Aws::DSQL::AuthTokenGenerator uses: Debian has
# the signer, not the gem of DSQL. What it takes from the environment is in botocore_token.py.
require 'aws-sigv4'

host, region, user = ENV.values_at('CLUSTER_ENDPOINT', 'AWS_REGION', 'CLUSTER_USER')
signer = Aws::Sigv4::Signer.new(
  service: 'dsql', region: region,
  access_key_id: ENV['AWS_ACCESS_KEY_ID'], secret_access_key: ENV['AWS_SECRET_ACCESS_KEY'],
  session_token: ENV['AWS_SESSION_TOKEN']
)
action = user == 'admin' ? 'DbConnectAdmin' : 'DbConnect'
url = signer.presign_url(
  http_method: 'GET', url: "https://#{host}/?Action=#{action}", body: '',
  expires_in: (ENV['DSQL_TEST_EXPIRES'] || '900').to_i,
  time: Time.at((ENV['DSQL_TEST_CLOCK'] || Time.now).to_i)
)
puts url.to_s.delete_prefix('https://')
