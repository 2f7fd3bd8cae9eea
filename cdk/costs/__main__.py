import sys

from cdk.costs import quotas, tables

if __name__ == "__main__":
    sys.stdout.write(f"{tables.costs()}\n\n{quotas.table()}\n")
