// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Returns the credentials element of a response of STS.
struct sts_keys {
    std::string access_key_id = "ASIAROLE";
    std::string secret_access_key = "role/secret";
    std::string session_token = "role&amp;session";
    std::string expiration = "2026-01-02T03:19:05Z";
};

/// Returns the response of STS to an action, for example "AssumeRole".
[[nodiscard]] inline std::string sts_answer(const std::string& action, const sts_keys& keys = {}) {
    return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" +
           action + "Result><Credentials><AccessKeyId>" + keys.access_key_id +
           "</AccessKeyId><SecretAccessKey>" + keys.secret_access_key +
           "</SecretAccessKey><SessionToken>" + keys.session_token + "</SessionToken><Expiration>" +
           keys.expiration + "</Expiration></Credentials></" + action + "Result></" + action +
           "Response>";
}

/// Returns the body of an error response of STS. `message` is XML text.
[[nodiscard]] inline std::string sts_error_answer(const std::string& code,
                                                  const std::string& message = "") {
    return "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
           "<Type>Sender</Type><Code>" +
           code + "</Code><Message>" + message +
           "</Message></Error><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>"
           "</ErrorResponse>";
}
