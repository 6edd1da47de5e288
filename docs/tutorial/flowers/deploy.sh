#!/bin/sh
# Serve a version: the one to be deployed, or in a rollback the one before it.
version=${GATES_TO_VERSION:-$GATES_VERSION}
cp "$version.joblib" serving.joblib
echo "$GATES_TARGET serves $version"
