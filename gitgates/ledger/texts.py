"""The files that `init` puts into a new ledger folder for people and for git."""

GITATTRIBUTES = "* -text\n"
GITIGNORE = "local/\n"

README = """\
# Quality-gate ledger

Signed records of what was checked, who approved or rejected it, and what was deployed. Written by gitgates; every
record is plain JSON with an SSH signature beside it, and can be verified with git and OpenSSH alone.

    root: {root}

- `models/<model>/<version>/`: the records of one model version
- `policy/`: the policies in force, one after the other; the first one is the root
- `policy.toml`, `allowed_signers`: the policy in a form to read and to propose changes to; an edit has no effect until
  an admin signs it as a record
- `local/`: never committed

## Read it

    git log --grep '^Gates-Record:' --format='%ad %s'
    gitgates history --model NAME:VERSION

## Verify one record by hand

Its name ends in the SHA-256 of its bytes; its signature is made in the namespace `gitgates` by a key that the policy
lists.

    RECORD=models/NAME/VERSION/STAMP-KIND-ID.json
    sha256sum $RECORD                                  # must print the ID in the name
    AUTHOR=$(sed -n 's/^  "author": "\\(.*\\)",\\{{0,1\\}}$/\\1/p' $RECORD)
    ssh-keygen -Y verify -f allowed_signers -I "$AUTHOR" -n gitgates -s $RECORD.sig < $RECORD

`allowed_signers` is only as good as the policy record that it was copied from; "Verify by hand" in the documentation
of gitgates takes the signers out of the signed policy record instead.
"""
