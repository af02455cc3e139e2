"""Backup and restore as docs/operations.md tells it. Runs last: afterwards the stack uses another table."""

import os
import unittest

from stack import blocks, call, names, output, shell

RESTORED = f"{os.environ['REVIEW_STACK']}-restored"


def everything():
    """What an auditor sees first of everything there is."""
    paths = ["/api/v1/campaigns", "/api/preview/awf/workflows", "/api/v1/inventory/datasources", "/api/v1/campaign-rules"]
    return {path: call("auditor", "GET", path) for path in paths}


class Restore(unittest.TestCase):
    def test_a_restored_table_takes_the_place_of_the_stacks_own(self):
        restore, settings, use = blocks("Backup and restore")
        before = everything()
        shell(names(), restore)
        self.assertGreater(int(shell(names(), settings).split()[-1]), 100)
        # SAM's command, without SAM: the template is expanded already, and the emulator has what it refers to.
        self.assertIn('sam deploy --parameter-overrides ExistingTable="$STACK-restored"', use)
        deploy = "aws cloudformation deploy --stack-name $STACK --template-file $REVIEW_TEMPLATE --s3-bucket artifacts"
        shell(names(), f"{deploy} --capabilities CAPABILITY_IAM --parameter-overrides ExistingTable=$STACK-restored")
        self.assertEqual(output("TableName"), RESTORED)
        self.assertEqual(everything(), before)


if __name__ == "__main__":
    unittest.main()
