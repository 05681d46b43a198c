-- SPDX-License-Identifier: Apache-2.0
SELECT :client_id;
