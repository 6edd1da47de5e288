"""Keys, signatures and signers: SSHSIG, `allowed_signers`, and the only door to ssh-keygen."""
