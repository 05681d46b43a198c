-- SPDX-License-Identifier: Apache-2.0
-- A transfer between two of 50 accounts, with a line in the history: what the script of pgbench itself does, without
-- what Aurora DSQL does not have. (pgbench -i truncates and vacuums.)
\set from random(1, 50)
\set to random(1, 50)
\set amount random(1, 100)
BEGIN;
UPDATE accounts SET balance = balance - :amount WHERE id = :from;
UPDATE accounts SET balance = balance + :amount WHERE id = :to;
SELECT balance FROM accounts WHERE id = :from;
INSERT INTO history (id, amount) VALUES (gen_random_uuid(), :amount);
COMMIT;
