// Hands this process's own /proc/self/smaps to a computer on the phone's adb, also in a release build:
//
//     adb exec-out content read --uri content://com.example.app.droidanon/PID
//
// See reporter.md for the lines of AndroidManifest.xml. SPDX-License-Identifier: Apache-2.0

package droidanon.reporter;

import android.Manifest;
import android.content.ContentProvider;
import android.content.ContentValues;
import android.database.Cursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.os.Process;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

public class SmapsProvider extends ContentProvider {

    private static final int BUFFER_BYTES = 16 * 1024;

    @Override
    public boolean onCreate() {
        return true;
    }

    @Override
    public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
        // The manifest asks for the same permission. A second lock: addresses are no business of other apps.
        getContext().enforceCallingOrSelfPermission(Manifest.permission.DUMP, "smaps");
        int pid = Process.myPid();
        // The pid that was asked for may have ended, and this process been started by the question.
        if (!mode.equals("r") || !("/" + pid).equals(uri.getPath())) {
            throw new FileNotFoundException("this is process " + pid + ", for reading");
        }
        try {
            ParcelFileDescriptor[] pipe = ParcelFileDescriptor.createPipe();
            new Thread(() -> write(pipe[1]), "droidanon").start();
            return pipe[0];
        } catch (IOException error) {
            throw new FileNotFoundException("no pipe: " + error.getMessage());
        }
    }

    private static void write(ParcelFileDescriptor pipe) {
        try (OutputStream output = new ParcelFileDescriptor.AutoCloseOutputStream(pipe);
                InputStream smaps = new FileInputStream("/proc/self/smaps")) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int size = smaps.read(buffer); size >= 0; size = smaps.read(buffer)) {
                output.write(buffer, 0, size);
            }
            output.write('\n'); // an empty line: this was all of it (a pipe that breaks looks the same as one that ends)
        } catch (IOException ignored) {
            // Who was reading has gone, and sees that the empty line is missing.
        }
    }

    @Override
    public String getType(Uri uri) {
        return null;
    }

    @Override
    public Cursor query(
            Uri uri, String[] projection, String selection, String[] selectionArgs, String sortOrder) {
        return null;
    }

    @Override
    public Uri insert(Uri uri, ContentValues values) {
        return null;
    }

    @Override
    public int update(Uri uri, ContentValues values, String selection, String[] selectionArgs) {
        return 0;
    }

    @Override
    public int delete(Uri uri, String selection, String[] selectionArgs) {
        return 0;
    }
}
