// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// What STS answers to an action ("AssumeRole"): keys ASIAROLE, role/secret, role&session that
/// expire at 2026-01-02T03:19:05Z.
[[nodiscard]] inline std::string sts_answer(const std::string& action) {
    return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" +
           action +
           "Result><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>"
           "<SecretAccessKey>role/secret</SecretAccessKey>"
           "<SessionToken>role&amp;session</SessionToken>"
           "<Expiration>2026-01-02T03:19:05Z</Expiration></Credentials></" +
           action + "Result></" + action + "Response>";
}

/// The body of STS's error answer; `message` is XML text.
[[nodiscard]] inline std::string sts_error_answer(const std::string& code,
                                                  const std::string& message = "") {
    return "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>"
           "<Type>Sender</Type><Code>" +
           code + "</Code><Message>" + message +
           "</Message></Error><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>"
           "</ErrorResponse>";
}
